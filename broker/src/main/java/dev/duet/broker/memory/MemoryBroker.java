package dev.duet.broker.memory;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.Log;
import dev.duet.broker.LogIds;
import dev.duet.broker.Namespaces;
import dev.duet.protocol.Cursor;
import java.util.List;
import java.util.random.RandomGenerator;

/// Logs in memory: there until the process ends. It has no threads; whoever owns it calls [#tick()]
/// every second or so, else only commits let go what is too old.
public final class MemoryBroker implements Broker {
  private static final String ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

  private final MemorySettings settings;
  private final List<MemoryLog> logs;

  /// Begins empty, with new log ids.
  public MemoryBroker(MemorySettings settings) {
    this(settings, Commits.IMMEDIATE);
  }

  MemoryBroker(MemorySettings settings, Commits commits) {
    this.settings = settings;
    this.logs =
        settings.logs().stream()
            .map(name -> new MemoryLog(name, newIds(settings.random()), settings, commits))
            .toList();
  }

  @Override
  public List<Log> logs() {
    return List.copyOf(logs);
  }

  MemoryLog log(int index) {
    return logs.get(index);
  }

  @Override
  public int logOf(String channel) {
    return settings.placement().applyAsInt(channel);
  }

  @Override
  public Namespaces namespaces() {
    return settings.namespaces();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(false, true);
  }

  /// Lets go what is too old, a bounded amount; whether more is due.
  public boolean tick() {
    boolean more = false;
    for (MemoryLog log : logs) {
      more |= log.tick();
    }
    return more;
  }

  @Override
  public void close() {
    logs.forEach(MemoryLog::close);
  }

  private static LogIds newIds(RandomGenerator random) {
    var id = new StringBuilder(Cursor.LOG_ID_LENGTH);
    for (int i = 0; i < Cursor.LOG_ID_LENGTH; i++) {
      id.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
    }
    return LogIds.of(id.toString());
  }
}
