/// What a person sees who opens the admin port in a browser.
enum AdminIndex {
    static let text = Array(
        """
        Understudy, admin port

        GET  /metrics                     Prometheus text
        GET  /health/live, /health/ready  as on the endpoint
        POST /admin/v1/reload             reads the settings again
        GET  /admin/v1/config             version in force, the last reload
        GET  /admin/v1/routes             routes and their models
        GET  /admin/v1/events             ?limit=: the audit log, newest first
        POST /admin/v1/routes/ROUTE/promote   {"model","canary":SHARE | "now":true,"force":REASON,"by"}
        POST /admin/v1/routes/ROUTE/rollback  {"by","reason"}
        POST /admin/v1/routes/ROUTE/cycles    {"count","agree","budget","by"}: a turn of the flywheel; "plan": true: what it does
        GET|DELETE /admin/v1/cycles/ROUTE/N   how far it is; ?by=: stops it
        GET  /admin/v1/models             ?route=: versions, data sets, jobs, evaluations, cycles
        GET  /admin/v1/candidates         ?route= &status= &reason= &limit= &after=
        DELETE /admin/v1/candidates       ?request_id= or ?metadata=KEY=VALUE: forgets whose that is
        GET  /admin/v1/candidates/ID
        POST /admin/v1/candidates/ID      {"decision":"accept|edit|reject|skip","choice":"small|large|both",...}

        """.utf8
    )
}
