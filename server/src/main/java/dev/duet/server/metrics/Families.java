package dev.duet.server.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// Families of metrics as they are written down one after the other.
final class Families {
  private final MetricSnapshots.Builder all = MetricSnapshots.builder();

  MetricSnapshots build() {
    return all.build();
  }

  /// @param name without `_total`
  void counter(String name, String help, double value) {
    counter(name, help, List.of(new Point(Labels.EMPTY, value)));
  }

  /// One for each value of a label.
  void counter(String name, String help, String label, Map<String, Long> values) {
    counter(name, help, points(label, values));
  }

  private void counter(String name, String help, List<Point> points) {
    CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
    for (Point point : points) {
      family.dataPoint(
          CounterDataPointSnapshot.builder().labels(point.labels).value(point.value).build());
    }
    all.metricSnapshot(family.build());
  }

  void gauge(String name, String help, double value) {
    gauge(name, help, List.of(new Point(Labels.EMPTY, value)));
  }

  /// One for each value of a label.
  void gauge(String name, String help, String label, Map<String, Long> values) {
    gauge(name, help, points(label, values));
  }

  /// One for each of a list.
  <T> void gauge(
      String name,
      String help,
      String label,
      List<T> list,
      ToDoubleFunction<T> value,
      Function<T, String> text) {
    gauge(
        name,
        help,
        list.stream()
            .map(one -> new Point(Labels.of(label, text.apply(one)), value.applyAsDouble(one)))
            .toList());
  }

  private void gauge(String name, String help, List<Point> points) {
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
    for (Point point : points) {
      family.dataPoint(
          GaugeDataPointSnapshot.builder().labels(point.labels).value(point.value).build());
    }
    all.metricSnapshot(family.build());
  }

  /// @param bounds upper bounds, the last infinite
  /// @param counts of each bucket alone
  void histogram(String name, String help, List<Double> bounds, List<Long> counts, double sum) {
    all.metricSnapshot(
        HistogramSnapshot.builder()
            .name(name)
            .help(help)
            .dataPoint(
                HistogramDataPointSnapshot.builder()
                    .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                    .sum(sum)
                    .build())
            .build());
  }

  private record Point(Labels labels, double value) {}

  private static List<Point> points(String label, Map<String, Long> values) {
    return values.entrySet().stream()
        .map(one -> new Point(Labels.of(label, one.getKey()), one.getValue()))
        .toList();
  }
}
