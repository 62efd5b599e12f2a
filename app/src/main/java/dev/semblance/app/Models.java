package dev.semblance.app;

import dev.semblance.core.nn.Embedder;
import dev.semblance.core.store.Model;
import dev.semblance.core.store.ModelFile;
import dev.semblance.core.store.Pretrained;
import dev.semblance.core.store.SafetensorsHeader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds the net behind a path: a run folder, a file of ours, or a foreign file that is recognised.
 */
final class Models {
  private Models() {}

  /** The file of weights behind {@code runOrFile}. */
  static Path file(Path runOrFile) {
    if (Files.isDirectory(runOrFile)) {
      Run run = Run.open(runOrFile);
      if (!Files.isRegularFile(run.model())) {
        throw Problem.failure(
            runOrFile
                + ": the training has not ended, there is no model.safetensors; go on with train --resume");
      }
      return run.model();
    }
    if (!Files.exists(runOrFile)) {
      throw Problem.failure(
          runOrFile + ": no such run or file; name a run folder or a safetensors file");
    }
    return runOrFile;
  }

  /** The net, ready to run. The caller closes it. */
  static Model open(Path runOrFile) throws IOException {
    Path file = file(runOrFile);
    SafetensorsHeader header = SafetensorsHeader.read(file);
    return ModelFile.isModel(header) ? ModelFile.load(file) : Pretrained.open(file);
  }

  /** The measure its embeddings are compared by. */
  static String measure(Model model) {
    return model.metadata().getOrDefault("measure", "cosine");
  }

  /**
   * Whether its output is an embedding; otherwise it is a classifier, whose features are
   * embeddings.
   */
  static boolean isEmbedder(Model model) {
    return model.net() instanceof Embedder;
  }
}
