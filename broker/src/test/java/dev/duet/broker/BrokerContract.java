package dev.duet.broker;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

/// The law of [Log], as tests that every broker runs: a subclass says how one is opened.
public abstract class BrokerContract
    implements AppendClauses, ReadClauses, HistoryClauses, LatestClauses, StartClauses {
  private final List<Bench> open = new ArrayList<>();

  /// Opens an empty broker. Its clocks begin anywhere.
  protected abstract Bench openBench(Namespaces namespaces);

  @Override
  public Bench open(Namespaces namespaces) {
    Bench bench = openBench(namespaces);
    open.add(bench);
    return bench;
  }

  @AfterEach
  void closeAll() {
    open.forEach(Bench::close);
  }
}
