package dev.duet.server.http.planted;

import io.netty.handler.codec.http.HttpHeaders;

record SeesNettysHttp(HttpHeaders headers) {}
