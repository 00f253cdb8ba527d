package dev.duet.broker.memory.planted;

import dev.duet.broker.disk.planted.OnDisk;

record KnowsTheDisk(OnDisk other) {}
