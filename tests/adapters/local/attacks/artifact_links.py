import os

os.makedirs('out', exist_ok=True)
for name, target in (('a', '/etc/passwd'), ('b', '/proc/1/environ'), ('c', '/proc/self/environ')):
    os.symlink(target, 'out/' + name)
os.mkfifo('out/fifo')
os.mkdir('out/folder')
with open('out/good.txt', 'w') as file:
    file.write('fine')
with open('out/large', 'wb') as file:
    file.truncate(12 << 20)
for number in range(50):
    with open('out/z%02d' % number, 'w') as file:
        file.write('z')
print('planted')
