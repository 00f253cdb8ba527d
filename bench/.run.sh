# Sourced: builds the benchmarks if need be, and runs one of their classes from the root of the repository.
. .build/jdk.sh

duet_bench_run() {
  JAVA_HOME=$(duet_find_java jdk) || exit 1
  export JAVA_HOME
  duet_mvn -q -B -Dquick -Dmaven.test.skip=true -pl bench -am process-classes </dev/null >&2 || exit 1
  exec "$JAVA_HOME/bin/java" \
    --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow \
    -XX:+UseCompactObjectHeaders \
    -XX:+UseSerialGC \
    -cp "bench/target/quick/classes:$(cat bench/target/quick/classpath.txt)" "$@"
}
