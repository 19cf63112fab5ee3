import Glibc
import Loop
import Settings
import Synchronization

/// Runs the gateway on the calling thread until it is told to stop.
///
/// SIGTERM and SIGINT drain; a second one ends at once. SIGHUP reloads, and opens the access log's file again.
/// - Parameters:
///   - accessLogFile: nil: standard output.
///   - site: makes what the admin port serves beside its own: the web pages.
/// - Returns: the exit code: 0 after a drain, 1 where something cannot be opened, 2 for bad settings.
public func serve(
    file: String,
    environment: [String: String],
    accessLogFile: String? = nil,
    site: (@Sendable (Desk) -> any AdminSite)? = nil
) -> CInt {
    Descriptors.raiseLimit()
    let accessLog: AccessLog
    do {
        accessLog = try accessLogFile.map { path throws(AccessLog.Failure) in try AccessLog(file: path) } ?? AccessLog()
    } catch {
        complain("understudy: \(error)")
        return 1
    }
    let loop = Loop(name: "desk")
    let operational = OperationalLog()
    let code = Atomic<CInt>(0)
    // Held until the loop has ended; everything else hangs on it.
    let running = Mutex<Desk?>(nil)
    Task {
        do {
            let desk = try await Desk(
                file: file,
                environment: environment,
                loop: loop,
                log: operational,
                accessLog: accessLog
            )
            running.withLock { $0 = desk }
            do {
                try await desk.open(site: site?(desk))
            } catch {
                complain("understudy: \(error)")
                code.store(1, ordering: .relaxed)
                await desk.abandon()
            }
        } catch let errors as SettingsErrors {
            complain("\(errors)")
            code.store(2, ordering: .relaxed)
            loop.stop()
        } catch {
            complain("understudy: \(error)")
            code.store(1, ordering: .relaxed)
            loop.stop()
        }
    }
    loop.run()
    operational.close()
    return code.load(ordering: .relaxed)
}

/// To standard error: nothing is running yet that would write a log.
private func complain(_ text: String) {
    let bytes = Array("\(text)\n".utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
}
