#pragma once
/// \file
/// How the thread of network events rests: zsockd wakes it when something may have changed.

namespace zsock::zephyr {

class Watch {
 public:
  Watch();
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Ends the rest, or the next one. From any thread.
  void call() const;
  /// What changes from here on ends the next rest: to be called before zsockd is asked.
  void begin();
  /// Changes do not matter any more.
  void end();
  /// Returns when call() was, when something may have changed, or, while zsockd cannot be reached,
  /// when it is time to try again.
  void rest();

 private:
  [[nodiscard]] bool watching() const { return changes_ >= 0; }

  int called_;        ///< eventfd
  int changes_ = -1;  ///< zs_watch_interface()
  bool wanted_ = false;
};

}  // namespace zsock::zephyr
