package dev.duet.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Broker;
import dev.duet.broker.Capabilities;
import dev.duet.broker.ForwardingBroker;
import dev.duet.broker.Log;
import dev.duet.broker.StorageFigures;
import dev.duet.broker.StorageFigures.State;
import dev.duet.broker.memory.MemoryBroker;
import dev.duet.broker.memory.MemorySettings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What operators are told of a log's files.
class StorageWireTest {
  /// One whose log says what a test wants of its files.
  private static final class Storing implements ForwardingBroker {
    private final Broker broker = new MemoryBroker(MemorySettings.of(Live.NAMESPACES));
    private final boolean manyNodes;
    volatile State state = State.WRITABLE;

    Storing(boolean manyNodes) {
      this.manyNodes = manyNodes;
    }

    @Override
    public List<Log> logs() {
      Log log = broker.logs().getFirst();
      return List.of(
          (Log)
              Proxy.newProxyInstance(
                  Log.class.getClassLoader(),
                  new Class<?>[] {Log.class},
                  (self, method, arguments) -> {
                    try {
                      return method.getName().equals("storage")
                          ? storage()
                          : method.invoke(log, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }));
    }

    private StorageFigures storage() {
      List<Long> syncs = Collections.nCopies(StorageFigures.BOUNDS.size() + 1, 2L);
      return new StorageFigures(state, 3, 4_096, syncs, 1_500_000_000L, 5, 6, 7, 8, 9, 10);
    }

    @Override
    public Broker broker() {
      return broker;
    }

    @Override
    public Capabilities capabilities() {
      return new Capabilities(manyNodes, true);
    }
  }

  @Test
  void metricsSayWhatALogSaysOfItsFiles() {
    try (var live = new Live(new Storing(false))) {
      Scrape scrape = Scrape.of(live);
      assertThat(scrape.value("duet_log_segments{log=\"memory\"}")).isEqualTo(3);
      assertThat(scrape.value("duet_log_unsynced_bytes{log=\"memory\"}")).isEqualTo(4_096);
      assertThat(scrape.value("duet_log_failures_total{log=\"memory\"}")).isEqualTo(5);
      assertThat(scrape.value("duet_log_reads_total{log=\"memory\"}")).isEqualTo(8);
      assertThat(scrape.value("duet_log_unreadable_segments{log=\"memory\"}")).isEqualTo(9);
      assertThat(scrape.value("duet_log_holes{log=\"memory\"}")).isEqualTo(10);
      assertThat(scrape.value("duet_log_damaged_records_total{log=\"memory\"}")).isEqualTo(6);
      assertThat(scrape.value("duet_log_compacted_bytes_total{log=\"memory\"}")).isEqualTo(7);
      assertThat(scrape.value("duet_log_sync_seconds_count{log=\"memory\"}"))
          .isEqualTo(2 * (StorageFigures.BOUNDS.size() + 1));
      assertThat(scrape.value("duet_log_sync_seconds_sum{log=\"memory\"}")).isEqualTo(1.5);
      assertThat(scrape.value("duet_log_state{log=\"memory\",state=\"writable\"}")).isEqualTo(1);
      assertThat(scrape.value("duet_log_state{log=\"memory\",state=\"full\"}")).isZero();
      try (var stats = live.events("/channels/~stats")) {
        assertThat(stats.until("inFlightBytes"))
            .contains("\"unsyncedBytes\":4096,\"state\":\"writable\"}");
      }
    }
  }

  @Test
  void aLogOfThisServerAloneIsStillReadWhenItIsFull() {
    var broker = new Storing(false);
    try (var live = new Live(broker)) {
      assertThat(live.get("/health").body()).contains("\"status\":\"ok\"");
      broker.state = State.FULL;
      assertThat(live.get("/health").body())
          .isEqualTo("{\"status\":\"storage-full\",\"live\":true,\"ready\":true}\n");
      assertThat(live.get("/health/ready").statusCode()).isEqualTo(200);
      broker.state = State.FAILING;
      assertThat(live.get("/health").body()).contains("\"status\":\"log-fails\"");
      broker.state = State.WRITABLE;
      assertThat(live.get("/health").body()).contains("\"status\":\"ok\"");
    }
  }

  @Test
  void clientsOfASharedLogAreBetterOffElsewhere() {
    var broker = new Storing(true);
    try (var live = new Live(broker)) {
      assertThat(live.get("/health/ready").statusCode()).isEqualTo(200);
      broker.state = State.FAILING;
      assertThat(live.get("/health/ready").statusCode()).isEqualTo(503);
      assertThat(live.get("/health/live").statusCode()).isEqualTo(200);
    }
  }
}
