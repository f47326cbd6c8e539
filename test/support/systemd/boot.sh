# Boots systemd as the first process of its own namespaces, with this project's units and nothing else, and lets `probe.mjs` look at them.
# Nothing outside can be changed: the file system is read-only, the network has only loopback.
# Arguments: folder of the project, node, a folder for what the services and the probe write.
set -e
root=$1 node=$2 out=$3
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/lanyard /mnt/bin /mnt/out
mount --bind "$root" /mnt/lanyard
mount -o remount,ro,bind /mnt/lanyard
mount --bind "$(dirname "$node")" /mnt/bin
mount --bind "$out" /mnt/out
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/tmp
mkdir -p /run/systemd/system
cd /run/systemd/system
(umask 077; echo glsa_of_the_test > /mnt/key)

for name in master slave monitor; do
  sed -e 's#^ExecStart=lanyard#ExecStart=/mnt/bin/node /mnt/lanyard/bin/lanyard#' -e 's#/etc/lanyard/grafana-key#/mnt/key#' \
    "$root/deploy/systemd/lanyard-$name.service" > "lanyard-$name.service"
  mkdir "lanyard-$name.service.d"
  cat > "lanyard-$name.service.d/test.conf" <<X
[Unit]
DefaultDependencies=no
[Service]
Environment=LANYARD_INTERFACE=lo
StandardOutput=append:/mnt/out/$name
StandardError=append:/mnt/out/$name
X
done
cat > probe.service <<X
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/mnt/bin/node /mnt/lanyard/test/support/systemd/probe.mjs
ExecStopPost=systemctl exit
StandardOutput=append:/mnt/out/probe
StandardError=append:/mnt/out/probe
X
cat > test.target <<X
[Unit]
DefaultDependencies=no
Wants=lanyard-master.service lanyard-slave.service lanyard-monitor.service probe.service
X
ip link set lo up
mount -t tmpfs tmpfs /tmp
mount -o remount,ro,bind /
mount --make-rshared /
exec env container=test /lib/systemd/systemd --system --unit=test.target --log-target=null --show-status=no
