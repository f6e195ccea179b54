import Storage
import WAProtocol

/// The known devices of people; dropped when a notification or a participant hash says they changed.
///
/// A change also unsettles our sender keys in the groups a person is in (`SenderKeyStore`).
struct DeviceListStore {
    let account: String

    /// Ascending by number; nil when they must be asked for. Stored as `0,12,99h`: `h` marks a hosted device.
    func devices(of person: String, on connection: any SQLConnection) throws -> [DeviceSet.Device]? {
        try connection.query(
            "SELECT devices FROM client_device_list WHERE account = $1 AND person = $2", [.text(account), .text(person)]
        ).first.map { Self.devices(in: try $0.text("devices")) }
    }

    static func devices(in stored: String) -> [DeviceSet.Device] {
        stored.split(separator: ",").compactMap { text in
            UInt16(text.prefix { $0 != "h" }).map { DeviceSet.Device(id: $0, isHosted: text.hasSuffix("h")) }
        }
    }

    func save(_ devices: [DeviceSet.Device], of person: String, on connection: any SQLConnection) throws {
        let text = devices.sorted { $0.id < $1.id }.map { "\($0.id)\($0.isHosted ? "h" : "")" }.joined(separator: ",")
        try connection.execute(
            """
            INSERT INTO client_device_list (account, person, devices) VALUES ($1, $2, $3)
            ON CONFLICT (account, person) DO UPDATE SET devices = excluded.devices
            """, [.text(account), .text(person), .text(text)])
        try SenderKeyStore(account: account).unsettleGroups(of: person, on: connection)
    }

    func drop(_ person: String, on connection: any SQLConnection) throws {
        try connection.execute(
            "DELETE FROM client_device_list WHERE account = $1 AND person = $2", [.text(account), .text(person)])
        try SenderKeyStore(account: account).unsettleGroups(of: person, on: connection)
    }
}
