package dev.semblance.adversarial.access;

import dev.semblance.core.file.FileProblem;
import dev.semblance.core.tensor.TorchException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Looks at a TorchScript file before libtorch does, and reads libtorch's complaints. */
final class TorchScriptFile {
  private static final int PIECE = 1 << 16;

  private TorchScriptFile() {}

  /**
   * Refuses what is no whole TorchScript archive: libtorch does not compare checksums, and would
   * compute with damaged weights.
   */
  static void check(Path file) throws IOException {
    FileProblem.checkReadable(file);
    try (ZipFile archive = new ZipFile(file.toFile())) {
      boolean code = false;
      boolean pickle = false;
      byte[] piece = new byte[PIECE];
      for (ZipEntry entry : Collections.list(archive.entries())) {
        code |= entry.getName().contains("/code/");
        pickle |= entry.getName().endsWith("/data.pkl");
        checkSum(file, archive, entry, piece);
      }
      if (!code) {
        throw FileProblem.of(
            file,
            pickle
                ? "holds weights without the net's code, as torch.save writes them"
                : "is a zip, but no TorchScript",
            "write it with torch.jit.script(net).save(...)");
      }
    } catch (java.util.zip.ZipException e) {
      throw FileProblem.of(
          file,
          "is no whole TorchScript file (" + FileProblem.reason(e) + ")",
          "write it again with torch.jit.script(net).save(...)",
          e);
    }
  }

  private static void checkSum(Path file, ZipFile archive, ZipEntry entry, byte[] piece)
      throws IOException {
    CRC32 sum = new CRC32();
    try (InputStream stream = archive.getInputStream(entry)) {
      for (int read = stream.read(piece); read >= 0; read = stream.read(piece)) {
        sum.update(piece, 0, read);
      }
    }
    // A sum of 0 was not written: PyTorch can be told to leave them out.
    if (entry.getCrc() != 0 && entry.getCrc() != sum.getValue()) {
      throw FileProblem.at(file, entry.getName(), "is damaged (wrong checksum)", "copy it again");
    }
  }

  /** What went wrong: in the interpreter's traces the reason stands last, in others first. */
  static String reason(RuntimeException error) {
    String found = TorchException.firstLine(error);
    for (String line : String.valueOf(error.getMessage()).lines().toList()) {
      String text = line.strip();
      if (text.startsWith("RuntimeError: ") || text.startsWith("torch.jit.Error: ")) {
        found = text.substring(text.indexOf(' ') + 1);
      }
    }
    return found;
  }
}
