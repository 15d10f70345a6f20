// Owns that the app's window is covered while someone else could keep what it shows: the switcher's picture, a recording.
// Refuses to know what the window shows.
// Invariant: the cover is up before the system takes its picture, and while the screen is recorded or mirrored.

import UIKit

final class Cover: NSObject {
  private weak var page: UIView?
  private let cover = UIView()
  private var isActive = true

  init(over page: UIView) {
    self.page = page
    super.init()
    cover.backgroundColor = .systemBackground
    let center = NotificationCenter.default
    center.addObserver(
      self, selector: #selector(leave), name: UIApplication.willResignActiveNotification, object: nil)
    center.addObserver(
      self, selector: #selector(come), name: UIApplication.didBecomeActiveNotification, object: nil)
    center.addObserver(
      self, selector: #selector(look), name: UIScreen.capturedDidChangeNotification, object: nil)
    look()
  }

  @objc private func leave() {
    isActive = false
    look()
  }

  @objc private func come() {
    isActive = true
    look()
  }

  /// Covers or uncovers, as things stand.
  @objc private func look() {
    guard let page = page else { return }
    let isCaptured = (page.window?.screen ?? UIScreen.main).isCaptured
    if isActive && !isCaptured {
      cover.removeFromSuperview()
    } else if cover.superview == nil, let over = page.window ?? page.superview {
      cover.frame = over.bounds
      cover.autoresizingMask = [.flexibleWidth, .flexibleHeight]
      over.addSubview(cover)
    }
  }
}
