// Package readers holds our files against programs of others: DuckDB reads every table in every
// format and compression, Arrow the page indexes of Parquet, PostgreSQL loads the CSV, and they
// must find the rows that the simulation made, with their types, and the answers of the manifest.
// DuckDB also runs what users run: views.sql, the queries of the README, the tests meant for dbt.
// It has only tests, in a module of their own because DuckDB is heavy.
//
// What is expected never comes from the code that wrote the files: a census counts the batches, and
// answers.sql asks the tables what the manifest says. The checks of rows, statistics, answers and
// joins are shown to fail when something is slightly wrong.
package readers
