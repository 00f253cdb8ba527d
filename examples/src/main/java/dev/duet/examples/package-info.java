/// Servers embedded in an application, each a main class. With the server's jar built, a file runs
/// as it is: `java -cp app/target/duet.jar
/// examples/src/main/java/dev/duet/examples/EchoServer.java`.
@NullMarked
package dev.duet.examples;

import org.jspecify.annotations.NullMarked;
