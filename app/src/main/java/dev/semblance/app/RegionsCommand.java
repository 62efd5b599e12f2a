package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.app.report.plate.PlaneDrawing;
import dev.semblance.app.report.plate.Plate;
import dev.semblance.app.report.plate.PlatePage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** The pictures of a model of two inputs and three classes that show what an attack follows. */
@Command(
    name = "regions",
    description =
        "Train a small net on points of the plane and draw its decision regions and what an attack"
            + " follows.")
@SuppressWarnings("NullAway.Init") // picocli injects the fields
final class RegionsCommand implements Callable<Integer> {
  private static final int SIDE = 500;
  private static final int ARROWS = 23;
  private static final int STEPS = 200;
  private static final double STEP = 0.02;

  /** Where the three points stand: inside their classes, within reach of a boundary. */
  private static final double[][] PLACES = {{-1.1, -0.5}, {1.2, -0.6}, {0.2, 1.15}};

  @ParentCommand private Main main;

  @Option(
      names = "--target",
      defaultValue = "3",
      paramLabel = "CLASS",
      description = "Of the second field: 1, 2 or 3; default ${DEFAULT-VALUE}.")
  private int target;

  @Option(
      names = "--seed",
      defaultValue = "0",
      description = "Of points and net; default ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--out",
      defaultValue = "regions",
      paramLabel = "DIR",
      description = "Folder for the page; default ${DEFAULT-VALUE}.")
  private Path out;

  /** Where an attack led one point. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Walk(double[][] places, int answer) {
    double length() {
      double length = 0;
      for (int i = 1; i < places.length; i++) {
        length += Math.hypot(places[i][0] - places[i - 1][0], places[i][1] - places[i - 1][1]);
      }
      return length;
    }
  }

  @Override
  public Integer call() throws IOException {
    Output output = main.output();
    if (target < 1 || target > Plane.CLASSES) {
      throw Problem.usage("--target must be 1, 2 or 3, got " + target);
    }
    long start = System.nanoTime();
    output.log("training a net of two inputs and three classes");
    try (Plane plane = Plane.trained(seed)) {
      double accuracy = plane.accuracy(3000, seed);
      double[][] said = plane.probabilities(PLACES);
      List<Walk> away = new ArrayList<>();
      List<Walk> towards = new ArrayList<>();
      for (double[] place : PLACES) {
        away.add(walk(plane, place, Plane.truth(place), false));
        towards.add(walk(plane, place, target - 1, true));
      }
      Path page = page(plane, accuracy, said, away, towards).write(out);
      ObjectNode node = Output.object();
      node.put("accuracy", accuracy).put("target", target).put("seed", seed);
      ArrayNode points = node.putArray("points");
      for (int i = 0; i < PLACES.length; i++) {
        ObjectNode point = points.addObject();
        point.put("x", PLACES[i][0]).put("y", PLACES[i][1]);
        point.put("true_class", Plane.truth(PLACES[i]) + 1);
        point.put("answer", Plane.best(said[i]) + 1);
        ArrayNode probabilities = point.putArray("probabilities");
        Arrays.stream(said[i]).forEach(probabilities::add);
        point.put("answer_after_untargeted", away.get(i).answer + 1);
        point.put("distance_untargeted", away.get(i).length());
        point.put("answer_after_targeted", towards.get(i).answer + 1);
        point.put("distance_targeted", towards.get(i).length());
        output.line(
            "(%.2f, %.2f) is class %d: answer %d with %.1f %%; untargeted to %d after %.2f,"
                    .formatted(
                        PLACES[i][0],
                        PLACES[i][1],
                        Plane.truth(PLACES[i]) + 1,
                        Plane.best(said[i]) + 1,
                        100 * said[i][Plane.best(said[i])],
                        away.get(i).answer + 1,
                        away.get(i).length())
                + " targeted to %d after %.2f"
                    .formatted(towards.get(i).answer + 1, towards.get(i).length()));
      }
      double seconds = (System.nanoTime() - start) * 1e-9;
      node.put("page", page.toString()).put("seconds", seconds);
      output.line("accuracy on fresh points %.4f, %.1f s".formatted(accuracy, seconds));
      output.line("page: " + page.toUri());
      output.result(node);
    }
    return 0;
  }

  /** Small steps of equal length against or along the field until the answer is reached. */
  private static Walk walk(Plane plane, double[] from, int label, boolean towards) {
    List<double[]> places = new ArrayList<>();
    places.add(from);
    double[] at = from;
    for (int step = 0; step < STEPS; step++) {
      int answer = Plane.best(plane.probabilities(new double[][] {at})[0]);
      if (towards == (answer == label)) {
        break;
      }
      double[] down = plane.downhill(new double[][] {at}, label)[0];
      double size = Math.hypot(down[0], down[1]);
      if (!(size > 0)) {
        break;
      }
      double move = (towards ? STEP : -STEP) / size;
      at = new double[] {at[0] + move * down[0], at[1] + move * down[1]};
      places.add(at);
    }
    return new Walk(
        places.toArray(new double[0][]), Plane.best(plane.probabilities(new double[][] {at})[0]));
  }

  private PlatePage page(
      Plane plane, double accuracy, double[][] said, List<Walk> away, List<Walk> towards) {
    PlatePage page =
        PlatePage.of(
            "What an attack follows",
            "./semblance regions --target %d --seed %d --out %s"
                .formatted(target, seed, Run.quote(out.toString())));
    page.headline("right on fresh points", "%.1f %%".formatted(100 * accuracy));
    page.headline("classes", "3");
    page.headline("target", Integer.toString(target));
    page.section(
        "Decision regions",
        "A net with two inputs was trained to tell three classes apart: 1 blue, 2 orange, 3 green."
            + " The ground is coloured by the net's answer, the paler the less sure.");
    PlaneDrawing regions = PlaneDrawing.of(Plane.REACH, SIDE).regions(plane::probabilities);
    for (int i = 0; i < 900; i++) {
      regions.dot(plane.points()[i], plane.labels()[i]);
    }
    for (int i = 0; i < PLACES.length; i++) {
      regions.mark(PLACES[i], Plane.truth(PLACES[i]), "");
    }
    for (int i = 0; i < PLACES.length; i++) {
      int best = Plane.best(said[i]);
      regions.mark(
          PLACES[i],
          Plane.truth(PLACES[i]),
          "answer %d, %.0f %%".formatted(best + 1, 100 * said[i][best]));
    }
    page.plates(
        List.of(
            new Plate.Svg(
                regions.markup(),
                SIDE,
                "Small dots: points it was trained on, in the colour of their class. Large dots:"
                    + " three points with the net's answer and its probability.")));
    page.section(
        "Two fields of arrows",
        "At each place an arrow shows where a small step lowers the loss most. Longer arrows are"
            + " steeper; lengths grow with the fourth root of the slope, which spans many orders.");
    page.plates(
        List.of(
            new Plate.Svg(
                field(plane, away, -1),
                SIDE,
                "-grad L(f(x), true class), the true class of each place being known here. The"
                    + " arrows point where the true class gets likelier. An attack that only wants"
                    + " a wrong answer walks against them: the red paths, from each point to the"
                    + " first place with another answer."),
            new Plate.Svg(
                field(plane, towards, target - 1),
                SIDE,
                "-grad L(f(x), "
                    + oneHot()
                    + "). The arrows point where class "
                    + target
                    + " gets likelier: the direction of a targeted attack, which walks along them."
                    + " A point that is of the class already stays.")));
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < PLACES.length; i++) {
      rows.add(
          List.of(
              "(%.2f, %.2f), class %d"
                  .formatted(PLACES[i][0], PLACES[i][1], Plane.truth(PLACES[i]) + 1),
              percent(said[i]),
              "%d after %.2f".formatted(away.get(i).answer + 1, away.get(i).length()),
              "%d after %.2f".formatted(towards.get(i).answer + 1, towards.get(i).length())));
    }
    page.table(
        List.of(
            "point",
            "probabilities of 1, 2, 3",
            "walking against the first field",
            "walking along the second"),
        rows);
    page.section("Provenance", "What it was made of.");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("net", "2 inputs, two hidden layers of 32 with ReLU, 3 classes");
    facts.put("data", "3,000 points of three normal distributions, equally likely");
    facts.put("training", "AdamW at 0.01, 150 steps on all points");
    facts.put("seed", Long.toString(seed));
    facts.put(
        "semblance", Provenance.semblanceVersion() + ", revision " + Provenance.gitRevision());
    return page.facts(facts);
  }

  private String oneHot() {
    int[] hot = new int[Plane.CLASSES];
    hot[target - 1] = 1;
    return "(%d, %d, %d)".formatted(hot[0], hot[1], hot[2]);
  }

  private static String percent(double... probabilities) {
    return "%.1f, %.1f, %.1f %%"
        .formatted(100 * probabilities[0], 100 * probabilities[1], 100 * probabilities[2]);
  }

  /** Arrows on a grid, for the true class where {@code label} is below 0. */
  private static String field(Plane plane, List<Walk> walks, int label) {
    double[][] places = new double[ARROWS * ARROWS][2];
    int[] labels = new int[places.length];
    for (int i = 0; i < places.length; i++) {
      places[i][0] = Plane.REACH * (2 * (i % ARROWS + 0.5) / ARROWS - 1);
      places[i][1] = Plane.REACH * (2 * (i / ARROWS + 0.5) / ARROWS - 1);
      labels[i] = label < 0 ? Plane.truth(places[i]) : label;
    }
    double[][] down = plane.downhill(places, labels);
    double most = 0;
    for (double[] d : down) {
      most = Math.max(most, Math.hypot(d[0], d[1]));
    }
    PlaneDrawing drawing = PlaneDrawing.of(Plane.REACH, SIDE).regions(plane::probabilities);
    for (int i = 0; i < places.length; i++) {
      double share = Math.hypot(down[i][0], down[i][1]) / most;
      drawing.arrow(places[i], down[i], 0.95 * SIDE / ARROWS * Math.pow(share, 0.25));
    }
    for (Walk walk : walks) {
      if (walk.places.length > 1) {
        drawing.path(walk.places, walk.answer);
      }
    }
    for (double[] place : PLACES) {
      drawing.mark(place, Plane.truth(place), "");
    }
    return drawing.markup();
  }
}
