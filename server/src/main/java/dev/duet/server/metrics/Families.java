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
import java.util.ArrayList;
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

  /// One for each of a list.
  <T> void counter(
      String name,
      String help,
      String label,
      List<T> list,
      ToDoubleFunction<T> value,
      Function<T, String> text) {
    counter(name, help, points(label, list, value, text));
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
    gauge(name, help, points(label, list, value, text));
  }

  /// What each of a list is, of several words: 1 for that, 0 for the others, in the label `state`.
  <T> void states(
      String name,
      String help,
      String label,
      List<T> list,
      List<String> states,
      Function<T, String> state,
      Function<T, String> text) {
    var points = new ArrayList<Point>();
    for (T one : list) {
      for (String word : states) {
        points.add(
            new Point(
                Labels.of(label, text.apply(one), "state", word),
                word.equals(state.apply(one)) ? 1 : 0));
      }
    }
    gauge(name, help, points);
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
            .dataPoint(histogram(Labels.EMPTY, bounds, counts, sum))
            .build());
  }

  /// One for each of a list.
  <T> void histograms(
      String name,
      String help,
      List<Double> bounds,
      String label,
      List<T> list,
      Function<T, List<Long>> counts,
      ToDoubleFunction<T> sum,
      Function<T, String> text) {
    HistogramSnapshot.Builder family = HistogramSnapshot.builder().name(name).help(help);
    for (T one : list) {
      family.dataPoint(
          histogram(
              Labels.of(label, text.apply(one)),
              bounds,
              counts.apply(one),
              sum.applyAsDouble(one)));
    }
    all.metricSnapshot(family.build());
  }

  private static HistogramDataPointSnapshot histogram(
      Labels labels, List<Double> bounds, List<Long> counts, double sum) {
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
        .sum(sum)
        .build();
  }

  private record Point(Labels labels, double value) {}

  private static List<Point> points(String label, Map<String, Long> values) {
    return values.entrySet().stream()
        .map(one -> new Point(Labels.of(label, one.getKey()), one.getValue()))
        .toList();
  }

  private static <T> List<Point> points(
      String label, List<T> list, ToDoubleFunction<T> value, Function<T, String> text) {
    return list.stream()
        .map(one -> new Point(Labels.of(label, text.apply(one)), value.applyAsDouble(one)))
        .toList();
  }
}
