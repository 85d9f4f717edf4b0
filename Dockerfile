# The image of docker-compose.yaml: the official Airflow of the version that requirements.txt pins, with our lock installed.
FROM apache/airflow:3.3.2-python3.12
COPY --chown=airflow:0 requirements.txt pyproject.toml README.md /opt/airflow/
RUN pip install --no-cache-dir --no-deps -r /opt/airflow/requirements.txt
COPY --chown=airflow:0 include /opt/airflow/include
RUN pip install --no-cache-dir --no-deps -e /opt/airflow
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
