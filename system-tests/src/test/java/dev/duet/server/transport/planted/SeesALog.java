package dev.duet.server.transport.planted;

import dev.duet.broker.Log;

record SeesALog(Log log) {}
