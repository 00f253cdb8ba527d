/// The resources: what answers a request, whatever the version of HTTP below. A channel is a URL.
@NullMarked
package dev.duet.server.http;

import org.jspecify.annotations.NullMarked;
