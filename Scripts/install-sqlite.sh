#!/bin/sh
# Installs SQLite's headers where they are missing.
set -eu
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
echo 'installing libsqlite3-dev' >&2
$sudo apt-get update -q
$sudo apt-get install -y -q libsqlite3-dev
