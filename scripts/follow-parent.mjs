// Preloaded into a child that must not outlive its parent: the channel between them closes when the parent dies, even by
// kill -9, and the child is then told to stop as by its user.
if (process.channel !== undefined) {
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}
