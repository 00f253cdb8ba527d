import dev.duet.protocol.*;
import dev.duet.server.*;
import dev.duet.server.access.*;

// Everybody says who they are with a cookie, and may use the channel that begins with their name.
// Who is named on a line of the terminal loses what they have, at once.

void main(String[] args) {
  Access access =
      Access.blocking(
          question -> {
            String user = question.caller().cookie("user");
            if (user == null) {
              return Decision.unauthorized("say who you are: a cookie user=ann");
            }
            boolean theirs =
                question.channels().stream().allMatch(channel -> channel.startsWith(user + "."));
            return theirs
                ? Decision.allow(user).until(Instant.now().plus(Duration.ofHours(1)))
                : Decision.forbidden("yours are " + user + ".…");
          });
  var settings = DuetSettings.DEFAULT.withPort(Integer.parseInt(args[0])).withAccess(access);
  Duet duet = Duet.start(settings);
  IO.println("Ask http://localhost:" + duet.port() + "/channels/ann.notes");
  for (String user = IO.readln(); user != null; user = IO.readln()) {
    IO.println("ended " + duet.revoke(user).toCompletableFuture().join() + " of " + user);
  }
}
