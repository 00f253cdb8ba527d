package dev.duet.broker.disk.planted;

public record OnDisk() {}
