package dev.polyproc.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A path that is used only if nobody but this user and root can have made, or can change, what lies
 * there.
 *
 * <p><b>Guarantees</b>
 *
 * <ul>
 *   <li>Every folder on the way, also behind symbolic links, belongs to this user or root, and
 *       nobody else may write in it; or it is sticky, as /tmp is, and what the way takes from it
 *       belongs to this user or root.
 *   <li>So what was asked of the file at the end stays true while it is opened: nobody else can
 *       exchange it in between.
 *   <li>A symbolic link at the end is refused, and never followed; but one to a secret or to what
 *       was named leads on, if those who may have made the file may have made the link, and all of
 *       this is asked of what it leads to.
 *   <li>What was refused is told in a sentence, as an {@link UntrustedFileException}.
 * </ul>
 */
public final class TrustedPath {
  private static final int FOLDER_OF_ITS_OWNER = 0700;
  private static final int OWNER_ONLY = 0600;
  private static final int OWNER_AND_READING_GROUP = 0640;
  private static final int NOBODY_ELSE_WRITES = 0755;

  /** As many as Linux follows. */
  private static final int MOST_LINKS = 40;

  private final Path path;
  private final String advice;
  private final Set<Long> owners;
  private final String ownersInWords;

  private TrustedPath(Path path, String advice, Set<Long> owners, String ownersInWords) {
    this.path = path;
    this.advice = advice;
    this.owners = owners;
    this.ownersInWords = ownersInWords;
  }

  /**
   * A path that this user and root may have made.
   *
   * @param advice what to do when it is refused, such as "choose another --socket"
   */
  public static TrustedPath of(Path path, String advice) {
    long own = Users.own();
    return new TrustedPath(
        path.toAbsolutePath(),
        advice,
        own == Users.ROOT ? Set.of(own) : Set.of(own, Users.ROOT),
        own == Users.ROOT ? "root" : "this user or root");
  }

  /**
   * The same, where {@code owner} is as good as this user: who a file belongs to that was named.
   */
  public TrustedPath orOf(long owner) {
    if (owners.contains(owner)) {
      return this;
    }
    Set<Long> more = new HashSet<>(owners);
    more.add(owner);
    return new TrustedPath(path, advice, more, ownersInWords + " or the file's owner");
  }

  /** Requires that nobody else can put anything at the path. Nothing needs to be there. */
  public void requireWay() throws IOException {
    walk(false, this);
  }

  /** Requires a folder that only its owner can open. */
  public void requireFolder() throws IOException {
    FileFacts folder = requireThere("a folder", false);
    if (!folder.isFolder()) {
      throw another("a folder", folder);
    }
    requireOwner(folder);
    if (folder.hasMoreThan(FOLDER_OF_ITS_OWNER)) {
      throw new UntrustedFileException(
          String.format(
              "Expected a folder that only this user can open, but %s has mode %s; take one for"
                  + " this alone, with mode 700, or %s",
              path, folder.permissions(), advice));
    }
  }

  /**
   * Requires a plain file that holds a secret. This user's is for this user alone; root's may be
   * read by its group too, as this user could not read it otherwise. Links to it are followed:
   * secrets are often handed over so.
   *
   * @return whether it is this user's own
   */
  public boolean requireSecret() throws IOException {
    FileFacts file = requirePlain(true);
    boolean own = file.uid() == Users.own();
    if (file.hasMoreThan(own ? OWNER_ONLY : OWNER_AND_READING_GROUP)) {
      throw new UntrustedFileException(
          String.format(
              "Expected a token file that only this user can read, but %s has mode %s; chmod 600"
                  + " it",
              path, file.permissions()));
    }
    return own;
  }

  /** Requires a plain file that nobody else may write. */
  public void requireFile() throws IOException {
    FileFacts file = requirePlain(false);
    if (file.hasMoreThan(NOBODY_ELSE_WRITES)) {
      throw new UntrustedFileException(
          String.format(
              "Expected a file that only this user can write, but %s has mode %s; chmod 600 it",
              path, file.permissions()));
    }
  }

  private FileFacts requirePlain(boolean followLast) throws IOException {
    FileFacts file = requireThere("a plain file", followLast);
    if (!file.isPlain()) {
      throw another("a plain file", file);
    }
    requireOwner(file);
    FileFacts folder = FileFacts.of(file.path().resolveSibling("."));
    if (file.links() > 1 && folder != null && folder.isWrittenByOthers()) {
      // Whoever may write there can give another file of ours a second name.
      throw new UntrustedFileException(
          String.format(
              "Expected a file of one name in a folder where others may write, but %s has %d; %s",
              path, file.links(), advice));
    }
    return file;
  }

  /** Requires a socket that nobody else may open. */
  public void requireSocket() throws IOException {
    FileFacts socket = requireThere("a socket", false);
    if (!socket.isSocket()) {
      throw another("a socket", socket);
    }
    requireOwner(socket);
    if (socket.hasMoreThan(NOBODY_ELSE_WRITES)) { // To connect takes the right to write.
      throw new UntrustedFileException(
          String.format(
              "Expected a socket that only this user can open, but %s has mode %s; %s",
              path, socket.permissions(), advice));
    }
  }

  /**
   * Requires a socket that nobody but its owner, this user and root could have put there. Links to
   * it are followed.
   *
   * @return its owner
   */
  public long requireNamedSocket() throws IOException {
    long owner = Integer.toUnsignedLong(((Number) Files.getAttribute(path, "unix:uid")).intValue());
    TrustedPath named = orOf(owner);
    FileFacts socket = named.walk(true, named);
    if (socket == null || !socket.isSocket()) {
      throw socket == null ? nothing("a socket") : another("a socket", socket);
    }
    named.requireOwner(socket); // It may have been exchanged since it was asked for its owner.
    return owner;
  }

  /**
   * Requires that nobody but its owner, this user and root can change or exchange what was named.
   * Links to it are followed; but from a folder where others may write nothing is taken that
   * another user made, as anybody may have come first there. Nothing needs to be there.
   */
  public void requireNamedFile() throws IOException {
    try {
      FileFacts file = orOf(owner()).walk(true, this);
      if (file != null && file.isPlain() && file.isWrittenByOthers()) {
        throw new UntrustedFileException(
            String.format(
                "Expected a file that nobody else can write, but %s has mode %s; chmod 600 it",
                path, file.permissions()));
      }
    } catch (NoSuchFileException e) {
      // Whoever reads it says so in words of its own.
    }
  }

  /** To whom what lies at the end belongs. */
  private long owner() throws IOException {
    return Integer.toUnsignedLong(((Number) Files.getAttribute(path, "unix:uid")).intValue());
  }

  private FileFacts requireThere(String expected, boolean followLast) throws IOException {
    FileFacts there = walk(followLast, this);
    if (there == null) {
      throw nothing(expected);
    }
    return there;
  }

  private UntrustedFileException nothing(String expected) {
    return new UntrustedFileException(
        String.format(
            "Expected %s at %s, but %s; %s",
            expected,
            path,
            Files.isSymbolicLink(path) ? "it is a link that leads nowhere" : "there is nothing",
            advice));
  }

  private UntrustedFileException another(String expected, FileFacts file) {
    return new UntrustedFileException(
        "Expected " + expected + " at " + path + ", but it is " + file.kind() + "; " + advice);
  }

  private void requireOwner(FileFacts file) throws UntrustedFileException {
    if (!owners.contains(file.uid())) {
      throw new UntrustedFileException(
          String.format(
              "Expected %s to belong to %s, but it belongs to %s; %s",
              file.path(), ownersInWords, inWords(file.uid()), advice));
    }
  }

  private static String inWords(long uid) {
    return "uid "
        + uid
        + (Users.isPerhapsRootOutside(uid)
            ? ", which stands for all users that this user namespace does not map"
            : "");
  }

  /**
   * Goes to the file, name by name, as the system does.
   *
   * @param followLast whether a link at the end is followed too
   * @param inShared who may have made what is taken from a folder where others may write
   * @return what is at the end; null when the way ends before
   */
  private @Nullable FileFacts walk(boolean followLast, TrustedPath inShared) throws IOException {
    Deque<Path> names = new ArrayDeque<>();
    path.forEach(names::addLast);
    FileFacts at = root();
    int links = 0;
    while (!names.isEmpty()) {
      Path name = names.removeFirst();
      if (name.toString().equals("..")) {
        at = parent(at);
        continue;
      }
      requireNotReplaceable(at);
      FileFacts next = FileFacts.of(at.path().resolve(name).normalize());
      if (next == null) {
        return null;
      }
      if (at.isWrittenByOthers()) { // It is sticky, or would have been refused.
        inShared.requireOwner(next);
      }
      if (next.isLink() && (followLast || !names.isEmpty())) {
        if (++links > MOST_LINKS) {
          throw new FileSystemException(path.toString(), null, "Too many levels of symbolic links");
        }
        Path target = Files.readSymbolicLink(next.path());
        for (int i = target.getNameCount() - 1; i >= 0; i--) {
          names.addFirst(target.getName(i));
        }
        at = target.isAbsolute() ? root() : at;
      } else {
        at = next;
      }
    }
    return at;
  }

  private FileFacts root() throws IOException {
    return folder(path.getRoot());
  }

  private static FileFacts parent(FileFacts folder) throws IOException {
    Path parent = folder.path().getParent();
    return parent == null ? folder : folder(parent);
  }

  private static FileFacts folder(Path folder) throws IOException {
    FileFacts facts = FileFacts.of(folder);
    if (facts == null) {
      throw new FileSystemException(folder.toString(), null, "No such folder");
    }
    return facts;
  }

  /** Requires that only those who may can exchange what lies in a folder. */
  private void requireNotReplaceable(FileFacts folder) throws IOException {
    if (!owners.contains(folder.uid()) && !Users.isPerhapsRootOutside(folder.uid())) {
      throw new UntrustedFileException(
          String.format(
              "Expected the folders above %s to belong to %s, but %s belongs to %s, who may"
                  + " replace what is in it; %s",
              path, ownersInWords, folder.path(), inWords(folder.uid()), advice));
    }
    if (folder.isWrittenByOthers() && !folder.isSticky()) {
      throw new UntrustedFileException(
          String.format(
              "Expected a folder above %s in which nobody else may write, but %s has mode %s; %s",
              path, folder.path(), folder.permissions(), advice));
    }
  }
}
