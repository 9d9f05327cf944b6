print("kafkasim")
