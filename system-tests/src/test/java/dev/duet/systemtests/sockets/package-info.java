/// RFC 6455 on the whole server, with a client that nobody here wrote and with broken frames.
@NullMarked
package dev.duet.systemtests.sockets;

import org.jspecify.annotations.NullMarked;
