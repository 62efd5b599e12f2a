package dev.semblance.app;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.semblance.core.data.DataOptions;
import dev.semblance.core.data.DataSets;
import dev.semblance.core.data.ImageSet;
import dev.semblance.core.data.Split;
import dev.semblance.core.nn.Net;
import dev.semblance.core.nn.Preprocessing;
import dev.semblance.core.store.Model;
import dev.semblance.core.tensor.Scope;
import dev.semblance.generative.Condition;
import dev.semblance.generative.Conditional;
import dev.semblance.generative.Density;
import dev.semblance.generative.Sampler;
import dev.semblance.generative.autoencoder.Autoencoder;
import dev.semblance.generative.autoencoder.SamplingAutoencoder;
import dev.semblance.generative.diffusion.Diffusion;
import dev.semblance.generative.diffusion.OdeDensity;
import dev.semblance.generative.diffusion.VariationalBound;
import dev.semblance.generative.flow.Flow;
import dev.semblance.generative.vae.Vae;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A trained model of data and what it can be asked for; what it cannot is refused in one line that
 * names a way on.
 */
final class OpenedGenerator implements AutoCloseable {
  /** Images whose codes a distribution is fitted to. */
  private static final int MOST_CODES = 10_000;

  private final Path path;
  private final Model model;
  private @Nullable SamplingAutoencoder fitted;

  private OpenedGenerator(Path path, Model model) {
    this.path = path;
    this.model = model;
  }

  /** The model of a run folder or file. The caller closes it. */
  static OpenedGenerator open(Path runOrFile) throws IOException {
    if (Files.isRegularFile(runOrFile.resolve("run.json"))) {
      ObjectNode description = Run.open(runOrFile).readDescription();
      if (!description.path("pillar").asText().equals("generative")) {
        throw refused(runOrFile, "a run of " + description.path("recipe").asText());
      }
    }
    Model model = Models.open(runOrFile);
    if (!isGenerative(model.net())) {
      try (model) {
        throw refused(runOrFile, article(kind(model.net())));
      }
    }
    return new OpenedGenerator(runOrFile, model);
  }

  private static Problem refused(Path path, String what) {
    return Problem.usage(
        "%s: is %s, no model of data; train one of %s"
            .formatted(path, what, String.join(", ", GenerativeRecipe.names())));
  }

  /** Whether the net is one of this pillar. */
  static boolean isGenerative(Net net) {
    return net.getClass().getPackageName().startsWith("dev.semblance.generative.");
  }

  private static String kind(Net net) {
    return net.getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z0-9])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }

  private static String article(String noun) {
    return ("aeiou".indexOf(noun.charAt(0)) >= 0 ? "an " : "a ") + noun;
  }

  Model model() {
    return model;
  }

  Preprocessing preprocessing() {
    return model.preprocessing();
  }

  /** What it was trained as: the recipe's name, or the kind of net where the file does not say. */
  String recipe() {
    return model.metadata().getOrDefault("recipe", kind(model.net()));
  }

  /** How images are drawn from it. */
  Sampler sampler(SamplerOptions options) {
    String codesOf = options.codesOf();
    if (model.net() instanceof Autoencoder autoencoder) {
      if (codesOf == null) {
        throw Problem.usage(
            ("%s: %s cannot be drawn from, nothing says how its codes are spread; add --fit-codes"
                    + " DATA, or train vae")
                .formatted(path, article(recipe())));
      }
      return options.apply(fitted(autoencoder, codesOf), this);
    }
    if (codesOf != null) {
      throw Problem.usage(
          "--fit-codes: %s is no autoencoder; leave it out".formatted(article(recipe())));
    }
    if (model.net() instanceof Sampler sampler) {
      return options.apply(sampler, this);
    }
    throw Problem.usage("%s: %s cannot be drawn from".formatted(path, article(recipe())));
  }

  private Sampler fitted(Autoencoder autoencoder, String data) {
    try (ImageSet set =
            DataSets.open(
                data,
                Split.TRAIN,
                DataOptions.defaults().withShape(model.preprocessing().shape()));
        Scope scope = Scope.open()) {
      long[] rows = Drawn.rows(set.size(), MOST_CODES, 0);
      List<Tensor> codes = new ArrayList<>();
      for (int from = 0; from < rows.length; from += 1000) {
        long[] part = Arrays.copyOfRange(rows, from, Math.min(rows.length, from + 1000));
        try (Scope inner = Scope.open()) {
          codes.add(inner.keep(autoencoder.encode(model.preprocessing().apply(set.images(part)))));
        }
      }
      SamplingAutoencoder made =
          SamplingAutoencoder.fit(
              autoencoder, torch.cat(new TensorVector(codes.toArray(new Tensor[0])), 0));
      fitted = made;
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * How probable it finds images.
   *
   * @param samples for each image, where the density is a bound; null: the model's own number
   * @param bound the variational bound of a diffusion model in place of its estimate
   */
  Density density(@Nullable Integer samples, boolean bound) {
    if (bound) {
      if (model.net() instanceof Diffusion diffusion) {
        VariationalBound usual = VariationalBound.of();
        return diffusion.withBound(
            samples == null ? usual : new VariationalBound(usual.strata(), samples));
      }
      throw Problem.usage(
          "--bound is of diffusion models, got %s; leave it out".formatted(article(recipe())));
    }
    if (model.net() instanceof Vae vae && samples != null) {
      return vae.density(samples);
    }
    if (model.net() instanceof Flow flow && samples != null) {
      return flow.withDraws(samples, true);
    }
    if (model.net() instanceof Diffusion diffusion && samples != null) {
      return (images, noise, condition) ->
          diffusion.logDensity(
              images, noise, condition, new OdeDensity(samples), Diffusion.DENSITY_STEPS);
    }
    if (model.net() instanceof Density density) {
      if (samples != null) {
        throw Problem.usage(
            "--samples: the density of %s is no mean over draws; leave it out"
                .formatted(article(recipe())));
      }
      return density;
    }
    String can =
        model.net() instanceof Sampler
            ? "it can be drawn from (sample) and judged by its samples (assess)"
            : "it gives codes and reconstructions";
    throw Problem.usage(
        "%s: %s has no density; %s; for a density train vae, realnvp, glow, spline-flow or edm"
            .formatted(path, article(recipe()), can));
  }

  /** Classes that can be asked for; 0: none. */
  int classes() {
    return model.net() instanceof Conditional conditional ? conditional.classes() : 0;
  }

  /**
   * The conditions of images {@code first} to {@code first + count - 1}.
   *
   * @param wanted a class, {@code none}, or null: of a model that takes classes all in turn
   */
  Condition condition(@Nullable String wanted, long first, int count) {
    int classes = classes();
    if (wanted == null) {
      return classes == 0
          ? Condition.none()
          : new Condition.Labels(
              LongStream.range(first, first + count).map(i -> i % classes).toArray());
    }
    if (wanted.equals("none")) {
      return Condition.none();
    }
    if (classes == 0) {
      throw Problem.usage(
          "--class: %s was trained without classes; leave it out, or train with conditional=true where the recipe has it"
              .formatted(path));
    }
    int label = label(wanted);
    if (label < 0 || label >= classes) {
      throw Problem.usage(
          "--class must be 0..%d or one of %s, got %s"
              .formatted(classes - 1, model.classNames(), wanted));
    }
    return Condition.label(label, count);
  }

  private int label(String wanted) {
    int named = model.classNames().indexOf(wanted);
    if (named >= 0) {
      return named;
    }
    try {
      return Integer.parseInt(wanted);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /** What a reader needs to know of the model to make the same again. */
  ObjectNode origin() throws IOException {
    ObjectNode node = Output.object();
    node.put("recipe", recipe());
    node.put("model", path.toString());
    node.put("model_sha256", Provenance.sha256(path.toString()));
    Path description = path.resolve("run.json");
    if (Files.isRegularFile(description)) {
      node.put("run_sha256", Provenance.digest(description));
    }
    node.put("semblance", Provenance.semblanceVersion());
    node.put("git_revision", Provenance.gitRevision());
    return node;
  }

  @Override
  public void close() {
    if (fitted != null) {
      fitted.close();
    }
    model.close();
  }
}
