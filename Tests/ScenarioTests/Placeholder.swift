// awaits its tests
