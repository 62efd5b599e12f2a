package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.eval.Estimate;
import dev.semblance.core.eval.Interval;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Scope;
import dev.semblance.similarity.eval.RetrievalReport;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Measures a net. */
@Command(
    name = "evaluate",
    description = "Measure a run or a net by self-retrieval; a classifier also by its accuracy.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class EvaluateCommand implements Callable<Integer> {
  @ParentCommand private Main main;

  @Mixin private NetAndData chosen;

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    try (Model model = chosen.net();
        ImageSet set = chosen.images(model);
        Scope scope = Scope.open()) {
      ObjectNode result = Output.object();
      result
          .put("model", chosen.run().toString())
          .put("data", set.name())
          .put("data_digest", set.digest());
      RetrievalReport report =
          new Evaluator(Models.measure(model))
              .retrieval(Evaluator.embed(model, set, output), set.labels());
      put(report, result, output);
      if (!Models.isEmbedder(model)
          && !OpenedGenerator.isGenerative(model.net())
          && model.classNames().size() == set.classNames().size()) {
        long correct = Evaluator.correct(model, set);
        Estimate accuracy =
            new Estimate((double) correct / set.size(), Interval.wilson(correct, set.size()));
        Evaluator.put(result, "accuracy", accuracy);
        result.put("correct", correct);
        output.line(
            line("accuracy", accuracy) + "  (%,d of %,d right)".formatted(correct, set.size()));
      }
      output.result(result);
      return 0;
    }
  }

  /** Prints and stores all metrics of a report. */
  static void put(RetrievalReport report, ObjectNode result, Output output) {
    for (Map.Entry<String, Estimate> metric : Evaluator.metrics(report).entrySet()) {
      Evaluator.put(result, metric.getKey(), metric.getValue());
      output.line(line(metric.getKey(), metric.getValue()));
    }
    result.put("n", report.queries());
    result.put("classes", report.classes());
    result.put("left_out", report.leftOut());
    output.line(
        "%,d queries of %,d classes; intervals: 95 %%, bootstrap over queries"
            .formatted(report.queries(), report.classes()));
  }

  private static String line(String name, Estimate estimate) {
    return "%-16s %.4f  [%.4f, %.4f]"
        .formatted(name, estimate.value(), estimate.interval().low(), estimate.interval().high());
  }
}
