import dev.duet.protocol.*;
import dev.duet.server.*;

void main(String[] args) throws Exception {
  Duet duet = Duet.start(DuetSettings.DEFAULT.withPort(Integer.parseInt(args[0])));
  IO.println("Open http://localhost:" + duet.port() + "/channels/clock");
  while (true) {
    duet.publish("clock", Draft.text(Instant.now().toString()));
    Thread.sleep(1000);
  }
}
