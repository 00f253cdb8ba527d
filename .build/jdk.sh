# Sourced by the scripts of this repository: finds a JDK that can run Duet, and runs Maven on it.

duet_java_release=25

# Prints the release of the Java in directory $1 if it is one that will do; $2 is "jdk" if it must compile.
duet_java_fits() {
  [ -x "$1/bin/java" ] || return 1
  [ "$2" != jdk ] || [ -x "$1/bin/javac" ] || return 1
  duet_version=
  if [ -r "$1/release" ]; then
    while IFS='=' read -r duet_name duet_value; do
      [ "$duet_name" = JAVA_VERSION ] && duet_version=$duet_value
    done <"$1/release"
  fi
  [ -n "$duet_version" ] || duet_version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  duet_version=${duet_version#\"}
  duet_version=${duet_version%%[!0-9]*}
  [ "${duet_version:-0}" -ge "$duet_java_release" ]
}

# The directory of the program $1 two levels up, through symbolic links.
duet_home_of() {
  duet_program=$(command -v "$1" 2>/dev/null) || return 1
  duet_program=$(readlink -f "$duet_program" 2>/dev/null || printf '%s' "$duet_program")
  dirname "$(dirname "$duet_program")"
}

# Prints the home of a Java; with "jdk" of one that has a compiler. Else says what to do, and fails.
duet_find_java() {
  if [ -n "${DUET_JAVA_HOME-}" ]; then
    if duet_java_fits "$DUET_JAVA_HOME" "$1"; then
      printf '%s\n' "$DUET_JAVA_HOME"
      return 0
    fi
    echo "DUET_JAVA_HOME is $DUET_JAVA_HOME, which is not a JDK $duet_java_release or newer: point it to one, or unset it." >&2
    return 1
  fi
  for duet_home in \
    "${JAVA_HOME-}" \
    "$(duet_home_of java)" \
    /usr/lib/jvm/* \
    /opt/* /opt/*/* \
    "$HOME"/.sdkman/candidates/java/* \
    "$HOME"/.jdks/* \
    "$HOME"/.local/share/mise/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    $(update-alternatives --list java 2>/dev/null | sed 's|/bin/java$||'); do
    if [ -n "$duet_home" ] && duet_java_fits "$duet_home" "$1"; then
      printf '%s\n' "$duet_home"
      return 0
    fi
  done
  echo "Duet needs a JDK $duet_java_release or newer and found none: on Debian 13 or newer \"apt-get install openjdk-$duet_java_release-jdk-headless\", elsewhere install Eclipse Temurin $duet_java_release (adoptium.net); a JDK in an unusual place is found through DUET_JAVA_HOME." >&2
  return 1
}

# Maven, on the JDK in JAVA_HOME, without that JDK's warnings about Maven's own libraries.
duet_mvn() {
  if ! command -v mvn >/dev/null 2>&1; then
    echo "Duet is built with Maven and found none: on Debian \"apt-get install maven\"." >&2
    return 127
  fi
  MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS-}" mvn "$@"
}
