// Temporal on Postgres in one process: brings both schemas up to date, then serves. docs/operations.md says how to run it.
//
// It is configured by the variables that Temporal's own server and image know: POSTGRES_SEEDS, DB_PORT, POSTGRES_USER,
// POSTGRES_PWD, NUM_HISTORY_SHARDS, DYNAMIC_CONFIG_FILE_PATH, BIND_ON_IP, FRONTEND_GRPC_PORT and so on.
package main

import (
	"fmt"
	"os"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/membership/static"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql" // registers postgres12_pgx
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/tools/common/schema"
	"go.temporal.io/server/tools/sql"
)

// The other driver, postgres12, costs Postgres half as much again.
const plugin = "postgres12_pgx"

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	if err := os.Setenv("DB", plugin); err != nil {
		return err
	}
	settings, err := config.Load(config.WithEmbedded())
	if err != nil {
		return err
	}
	logger := log.NewZapLogger(log.BuildZapLogger(settings.Log))
	stores := settings.Persistence.DataStores
	for store, directory := range map[string]string{
		"default":    "postgresql/v12/temporal",
		"visibility": "postgresql/v12/visibility",
	} {
		if err := updateSchema(stores[store].SQL, directory, logger); err != nil {
			return fmt.Errorf("schema of database %s: %w", stores[store].SQL.DatabaseName, err)
		}
	}
	server, err := temporal.NewServer(
		temporal.WithConfig(settings),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(settings)),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.InterruptOn(temporal.InterruptCh()),
	)
	if err != nil {
		return err
	}
	return server.Start()
}

// updateSchema makes the database where there is none, and does what its version lacks. It may be killed, and repeated.
func updateSchema(database *config.SQL, directory string, logger log.Logger) error {
	connection, err := connect(database, logger)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.ReadSchemaVersion(); err != nil {
		setup := schema.SetupConfig{InitialVersion: "0.0"}
		if err := schema.NewSetupSchemaTask(connection, &setup, logger).Run(); err != nil {
			return err
		}
	}
	update := schema.UpdateConfig{SchemaName: directory}
	return schema.NewUpdateSchemaTask(connection, &update, logger).Run()
}

// connect looks for the database first: who may use it need not be allowed to make one.
func connect(database *config.SQL, logger log.Logger) (*sql.Connection, error) {
	connection, err := sql.NewConnection(database, logger)
	if err != nil {
		return nil, err
	}
	if err := connection.Exec("SELECT 1"); err == nil {
		return connection, nil
	}
	connection.Close()
	// A copy, for it is changed.
	creating := *database
	if err := sql.DoCreateDatabase(&creating, "", logger); err != nil {
		return nil, err
	}
	return sql.NewConnection(database, logger)
}

// hosts names each service's only address. Else they would look for one another in a table, where what was killed a
// moment ago still stands.
func hosts(settings *config.Config) map[primitives.ServiceName]static.Hosts {
	known := map[primitives.ServiceName]static.Hosts{}
	for name, service := range settings.Services {
		address := fmt.Sprintf("%s:%d", service.RPC.BindOnIP, service.RPC.GRPCPort)
		known[primitives.ServiceName(name)] = static.SingleLocalHost(address)
	}
	return known
}
