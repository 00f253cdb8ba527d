package dev.duet.server.exchange.planted;

import dev.duet.server.planted.PointsDown;

public record PointsUp(PointsDown down) {}
