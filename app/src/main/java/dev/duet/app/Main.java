package dev.duet.app;

/// The entry point of the `duet` command.
public final class Main {
  private Main() {}

  /// Prints the version.
  public static void main(String[] args) {
    String version = Main.class.getPackage().getImplementationVersion();
    System.out.println("duet " + (version == null ? "development" : version));
  }
}
