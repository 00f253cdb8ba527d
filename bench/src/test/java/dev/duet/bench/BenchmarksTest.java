package dev.duet.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Each benchmark runs once, with each of its parameters, so that none is found broken when it is
/// needed. Its time means nothing here.
final class BenchmarksTest {
  @Test
  void eachRunsOnce() throws Exception {
    var options =
        new OptionsBuilder()
            .include("dev\\.duet\\.bench\\..*")
            .mode(Mode.SingleShotTime)
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .timeout(TimeValue.seconds(60))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    Collection<RunResult> results = new Runner(options).run();
    assertThat(
            results.stream()
                .map(
                    result ->
                        result.getParams().getBenchmark().replaceAll(".*\\.(\\w+\\.\\w+)", "$1"))
                .collect(Collectors.toSet()))
        .contains(
            "AppendBenchmark.append",
            "CatchUpBenchmark.comeBack",
            "CursorBenchmark.format",
            "CursorBenchmark.parse",
            "EncodeBenchmark.frame",
            "FanOutBenchmark.publish",
            "TextBenchmark.linesByPieces",
            "TextBenchmark.stringByPieces");
  }
}
