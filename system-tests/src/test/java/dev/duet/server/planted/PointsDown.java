package dev.duet.server.planted;

import dev.duet.server.exchange.planted.PointsUp;

public record PointsDown(PointsUp up) {}
