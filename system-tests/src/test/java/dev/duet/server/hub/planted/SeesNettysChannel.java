package dev.duet.server.hub.planted;

import io.netty.channel.EventLoop;

record SeesNettysChannel(EventLoop loop) {}
