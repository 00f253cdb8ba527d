package dev.duet.app.client.planted;

import dev.duet.server.Duet;

final class SeesTheServer {
  Duet server(Duet duet) {
    return duet;
  }
}
