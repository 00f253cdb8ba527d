package dev.duet.server.http;

import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// What `/metrics` said: a value for each sample, by its name with labels as it is written.
record Scrape(Map<String, Double> samples) {
  static Scrape of(Live live, String... headers) {
    HttpResponse<String> answer = live.get("/metrics", headers);
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return parse(answer.body());
  }

  static Scrape parse(String text) {
    var samples = new LinkedHashMap<String, Double>();
    for (String line : text.lines().toList()) {
      if (!line.startsWith("#") && !line.isBlank()) {
        int space = line.lastIndexOf(' ');
        String value = line.substring(space + 1);
        samples.put(line.substring(0, space), value.equals("+Inf") ? 1e300 : Double.valueOf(value));
      }
    }
    return new Scrape(samples);
  }

  /// 0 where there is none.
  double value(String sample) {
    return samples.getOrDefault(sample, 0.0);
  }

  /// The sum over all labels.
  double sum(String name) {
    return samples.entrySet().stream()
        .filter(one -> one.getKey().equals(name) || one.getKey().startsWith(name + "{"))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /// The names of all samples, without labels.
  TreeSet<String> names() {
    var names = new TreeSet<String>();
    samples.keySet().forEach(sample -> names.add(sample.split("\\{", 2)[0]));
    return names;
  }
}
