"""What our Dags share: the only place, beside `dags/` and `plugins/`, that knows Airflow."""
