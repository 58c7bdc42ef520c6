#!/bin/sh
# run.sh FOLDER PORT FILE|memory [OPTION…]: becomes the server that build.sh built in FOLDER; see src/Server.java.
folder=$1
shift
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -cp "$folder/classes:$folder/lib/*" Server "$@"
