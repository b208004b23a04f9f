# shellcheck shell=bash
install leave.sh /usr/local/sbin/spotmc-leave
if [[ -d /opt/spotmc/lib/python3.13/site-packages/lightgbm ]]; then # which is built on the system's OpenMP
    dnf install --assumeyes --quiet libgomp || true # without it, trainings of trees are left to others
fi
systemctl enable --now spotmc-worker
