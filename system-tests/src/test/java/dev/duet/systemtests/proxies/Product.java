package dev.duet.systemtests.proxies;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A proxy that Debian has a package of. Its configuration is Debian's own as far as it matters
/// here, with the files in a directory of the test's; what the package needs root for is left out.
enum Product {
  NGINX("nginx", "nginx.conf", "HUP") {
    /// Nothing but where to pass requests.
    @Override
    String bare() {
      return "server { listen 127.0.0.1:80; location / { proxy_pass http://127.0.0.1:8080; } }";
    }

    @Override
    String whole(Path directory, String part) {
      return """
      %s
      daemon off;
      pid %2$s/pid;
      error_log %2$s/error.log;
      events { worker_connections 768; }
      http {
        access_log off;
        gzip on;
        sendfile on;
        tcp_nopush on;
        default_type application/octet-stream;
        client_body_temp_path %2$s/body;
        proxy_temp_path %2$s/proxy;
        fastcgi_temp_path %2$s/fastcgi;
        uwsgi_temp_path %2$s/uwsgi;
        scgi_temp_path %2$s/scgi;
        %3$s
      }
      """
          .formatted(isRoot() ? "user root;" : "", directory, part);
    }

    @Override
    List<String> command(String program, Path directory, Path file) {
      return List.of(program, "-p", directory.toString(), "-c", file.toString());
    }
  },

  HAPROXY("haproxy", "haproxy.cfg", "USR2") {
    @Override
    String bare() {
      return """
      frontend duet
          bind :80
          default_backend duet
      backend duet
          server duet 127.0.0.1:8080
      """;
    }

    /// Debian's defaults.
    @Override
    String whole(Path directory, String part) {
      return """
      global
          stats socket %s/admin.sock mode 600 level admin expose-fd listeners
      defaults
          mode http
          option dontlognull
          timeout connect 5000
          timeout client 50000
          timeout server 50000
      %s
      """
          .formatted(directory, part);
    }

    @Override
    List<String> command(String program, Path directory, Path file) {
      return List.of(program, "-W", "-f", file.toString());
    }
  },

  APACHE("apache2", "apache.conf", "USR1") {
    private static final String MODULES = "/usr/lib/apache2/modules/mod_";

    @Override
    String bare() {
      return """
      <VirtualHost *:80>
          ProxyPass / http://127.0.0.1:8080/
      </VirtualHost>
      """;
    }

    /// Debian's modules that have a say here, at its settings of them.
    @Override
    String whole(Path directory, String part) {
      return """
      ServerRoot %1$s
      ServerName localhost
      TypesConfig /etc/mime.types
      PidFile %1$s/pid
      DefaultRuntimeDir %1$s
      ErrorLog %1$s/error.log
      Timeout 300
      KeepAlive On
      MaxKeepAliveRequests 100
      KeepAliveTimeout 5
      %2$s
      StartServers 2
      MinSpareThreads 25
      MaxSpareThreads 75
      ThreadLimit 64
      ThreadsPerChild 25
      MaxRequestWorkers 150
      RequestReadTimeout header=20-40,minrate=500
      RequestReadTimeout body=10,minrate=500
      AddOutputFilterByType DEFLATE text/html text/plain text/xml text/css text/javascript
      Listen 127.0.0.1:80
      %3$s
      """
          .formatted(
              directory,
              Stream.of(
                      "mpm_event",
                      "authz_core",
                      "mime",
                      "filter",
                      "deflate",
                      "reqtimeout",
                      "proxy",
                      "proxy_http",
                      "headers")
                  .map(name -> "LoadModule %s_module %s%s.so".formatted(name, MODULES, name))
                  .collect(Collectors.joining("\n")),
              part);
    }

    @Override
    List<String> command(String program, Path directory, Path file) {
      return List.of(program, "-D", "FOREGROUND", "-f", file.toString());
    }
  };

  final String program;

  /// Makes it read its configuration again without letting go of its clients.
  final String reload;

  private final String snippet;

  Product(String program, String snippet, String reload) {
    this.program = program;
    this.snippet = snippet;
    this.reload = reload;
  }

  abstract String bare();

  abstract String whole(Path directory, String part);

  abstract List<String> command(String program, Path directory, Path file);

  /// The file that docs/deploy recommends.
  String recommended() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(at.resolve("docs/deploy"))) {
      at = at.getParent();
    }
    try {
      return Files.readString(at.resolve("docs/deploy").resolve(snippet));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  Path path() {
    return Stream.of((System.getenv("PATH") + ":/usr/sbin:/usr/local/sbin").split(":"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError(program + " is not installed; ./verify does it on Debian"));
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }
}
