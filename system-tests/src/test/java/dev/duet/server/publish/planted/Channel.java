package dev.duet.server.publish.planted;

record Channel() {}
