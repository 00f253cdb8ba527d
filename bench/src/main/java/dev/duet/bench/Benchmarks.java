package dev.duet.bench;

import java.io.IOException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs the benchmarks of this module. Arguments are JMH's, and win over what is set here: one
/// process each, three seconds of warming up, five of measuring.
public final class Benchmarks {
  private Benchmarks() {}

  public static void main(String[] args)
      throws IOException, RunnerException, CommandLineOptionException {
    var asked = new CommandLineOptions(args);
    if (asked.shouldList() || asked.shouldHelp()) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    var options =
        new OptionsBuilder()
            .parent(asked)
            .forks(asked.getForkCount().orElse(1))
            .warmupIterations(asked.getWarmupIterations().orElse(3))
            .warmupTime(asked.getWarmupTime().orElse(TimeValue.seconds(1)))
            .measurementIterations(asked.getMeasurementIterations().orElse(5))
            .measurementTime(asked.getMeasurementTime().orElse(TimeValue.seconds(1)));
    new Runner(options.build()).run();
  }
}
