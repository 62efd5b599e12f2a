package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Lists the attacks; loads none of them. */
@Command(
    name = "attacks",
    description = "What attacks exist, what each sees of the model, its norms and its source.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class AttacksCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Override
  public Integer call() {
    Output output = main.output();
    ObjectNode result = Output.object();
    ArrayNode list = result.putArray("attacks");
    output.line("%-13s %-9s %-14s %-8s %s".formatted("NAME", "SEES", "NORMS", "FINDS", ""));
    for (AttackKind kind : AttackKind.all()) {
      String needs = kind.needs().name().toLowerCase(Locale.ROOT);
      String norms = kind.norms().equals(AttackKind.NORMS) ? "all" : String.join(" ", kind.norms());
      output.line(
          "%-13s %-9s %-14s %-8s %s [%s: %s]"
              .formatted(
                  kind.name(),
                  needs,
                  norms,
                  kind.nearest() ? "nearest" : "within",
                  kind.summary(),
                  kind.key(),
                  kind.citation()));
      ObjectNode node =
          list.addObject()
              .put("name", kind.name())
              .put("sees", needs)
              .put("nearest", kind.nearest())
              .put("summary", kind.summary())
              .put("source", kind.key())
              .put("citation", kind.citation());
      kind.norms().forEach(node.putArray("norms")::add);
      kind.options().forEach(node.putArray("options")::add);
    }
    output.result(result);
    return 0;
  }
}
