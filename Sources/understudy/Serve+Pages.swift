// Where the gateway and its web pages meet: neither room knows the other, this one knows both.

public import Console
public import Gateway

extension Console: AdminSite {}

extension Desk: ConsoleHost {}
