package dev.duet.protocol.planted;

import dev.duet.broker.Retention;

record SeesABroker(Retention retention) {}
