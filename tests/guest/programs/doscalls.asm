; SPDX-License-Identifier: GPL-2.0-or-later
; The first program of our own DOS in test_dos.sh: calls of INT 21h, 2Fh and XMS one after another, each
; with what the published descriptions say of it.  Prints what fails; exit code: how many did.
        org 100h
%macro check 1                  ; ZF: as it should be
        je %%ok
        mov dx, %%msg
        mov ah, 9
        int 21h
        inc byte [cs:failures]
        jmp %%ok
%%msg:  db 'FAIL ', %1, 13, 10, '$'
%%ok:
%endmacro
        cld
        mov ax, 3000h
        int 21h
        cmp ax, 1606h
        check 'version'
        mov ax, 3306h
        int 21h
        cmp bx, 1606h
        check '3306'
        ; memory
        mov ah, 4ah
        mov bx, 2000h
        int 21h
        mov ax, 0
        adc ax, 0
        check '4A'
        mov ah, 48h
        mov bx, 100h
        int 21h
        mov si, ax
        mov ax, 0
        adc ax, 0
        check '48'
        mov es, si
        mov ah, 49h
        int 21h
        mov ax, 0
        adc ax, 0
        check '49'
        mov ah, 48h
        mov bx, 0ffffh
        int 21h
        cmp ax, 8
        check '48big'
        push cs
        pop es
        ; upper halves
        mov eax, 12343000h
        mov ebx, 0abcd0000h
        mov esi, 55551111h
        int 21h
        shr eax, 16
        cmp ax, 1234h
        check 'eax'
        shr ebx, 16
        cmp bx, 0abcdh
        check 'ebx'
        cmp esi, 55551111h
        check 'esi'
        ; create, write, seek, read
        mov ah, 3ch
        xor cx, cx
        mov dx, fname
        int 21h
        mov bx, ax
        mov ax, 0
        adc ax, 0
        check '3C'
        mov ah, 40h
        mov cx, 5
        mov dx, fname
        int 21h
        cmp ax, 5
        check '40'
        mov ax, 4200h
        xor cx, cx
        mov dx, 10
        int 21h
        cmp ax, 10
        check '4200'
        mov ah, 40h
        mov cx, 2
        mov dx, fname
        int 21h
        cmp ax, 2
        check '40gap'
        mov ax, 4202h
        xor cx, cx
        xor dx, dx
        int 21h
        cmp ax, 12
        check '4202'
        mov ax, 4200h
        xor cx, cx
        xor dx, dx
        int 21h
        mov ah, 3fh
        mov cx, 100
        mov dx, buf
        int 21h
        cmp ax, 12
        check '3F'
        cmp byte [buf+7], 0
        check 'zero gap'
        cmp byte [buf+10], 'T'
        check 'data'
        mov ax, 4400h
        int 21h
        test dl, 80h
        check '4400 file'
        mov ah, 45h
        int 21h
        mov si, ax
        mov ah, 3eh
        int 21h
        mov ax, 0
        adc ax, 0
        check '3E'
        mov bx, si
        mov ax, 5700h
        int 21h
        mov ax, 0
        adc ax, 0
        check '5700'
        mov ah, 3eh
        int 21h
        mov ax, 0
        adc ax, 0
        check '3E dup'
        mov ah, 3eh
        int 21h
        cmp ax, 6
        check '3E bad'
        mov ax, 5900h
        xor bx, bx
        int 21h
        cmp ax, 6
        check '59'
        push cs
        pop es
        mov ah, 5bh
        xor cx, cx
        mov dx, fname
        int 21h
        cmp ax, 50h
        check '5B exists'
        mov ax, 3d00h
        mov dx, nofile
        int 21h
        cmp ax, 2
        check '3D none'
        mov ax, 3d00h
        mov dx, nopath
        int 21h
        cmp ax, 3
        check '3D path'
        mov ah, 1ah
        mov dx, dta
        int 21h
        mov ah, 4eh
        xor cx, cx
        mov dx, fname
        int 21h
        mov ax, 0
        adc ax, 0
        check '4E'
        cmp word [dta+1ah], 12
        check '4E size'
        cmp dword [dta+1eh], 'T1.T'
        check '4E name'
        mov ah, 4fh
        int 21h
        cmp ax, 12h
        check '4F end'
        mov ax, 4301h
        mov cx, 1
        mov dx, fname
        int 21h
        mov ax, 4300h
        int 21h
        and cx, 7
        cmp cx, 1
        check '4300 ro'
        mov ah, 41h
        mov dx, fname
        int 21h
        cmp ax, 5
        check '41 ro'
        mov ax, 4301h
        xor cx, cx
        mov dx, fname
        int 21h
        mov ah, 56h
        mov dx, fname
        mov di, fname2
        int 21h
        mov ax, 0
        adc ax, 0
        check '56'
        ; FCB: open fname2, read
        mov ah, 29h
        mov al, 1
        mov si, fname2
        mov di, fcb
        int 21h
        cmp al, 0
        check '29'
        mov ah, 0fh
        mov dx, fcb
        int 21h
        cmp al, 0
        check '0F'
        cmp word [fcb+10h], 12
        check 'fcb size'
        mov ah, 1ah
        mov dx, buf
        int 21h
        mov ah, 14h
        mov dx, fcb
        int 21h
        cmp al, 3
        check '14'
        cmp byte [buf], 'T'
        check 'fcb data'
        mov ah, 10h
        mov dx, fcb
        int 21h
        cmp al, 0
        check '10'
        mov ah, 11h
        mov dx, fcb
        int 21h
        cmp al, 0
        check '11'
        mov ah, 13h
        mov dx, fcb
        int 21h
        cmp al, 0
        check '13'
        mov ah, 60h
        mov si, relname
        mov di, buf
        int 21h
        cmp dword [buf], 'C:\A'
        check '60'
        cmp word [buf+4], '.B'
        check '60b'
        mov ah, 19h
        int 21h
        cmp al, 2
        check '19'
        mov ah, 36h
        mov dl, 0
        int 21h
        cmp cx, 512
        check '36'
        mov ax, 5d06h
        push ds
        int 21h
        pop ds
        cmp dx, 1ah
        check '5D06'
        mov ah, 52h
        int 21h
        cmp byte [es:bx+21h], 26
        check 'lastdrive'
        cmp dword [es:bx+22h+10], "NUL "
        check 'nul'
        mov ax, [es:bx-2]
        mov es, ax
        cmp byte [es:0], 'M'
        check 'mcb'
        push cs
        pop es
        mov ax, 1000h
        int 2fh
        cmp al, 0ffh
        check '2F1000'
        mov ax, 4300h
        int 2fh
        cmp al, 80h
        check 'xms'
        mov ax, 4310h
        int 2fh
        mov [xms], bx
        mov [xms+2], es
        push cs
        pop es
        mov ah, 9
        mov dx, 64
        call far [xms]
        cmp ax, 1
        check 'xms alloc'
        mov [xpack+10], dx
        mov word [xpack], 16
        mov word [xpack+4], 0
        mov word [xpack+6], fname
        mov [xpack+8], cs
        mov si, xpack
        mov ah, 0bh
        call far [xms]
        cmp ax, 1
        check 'xms move'
        mov ax, [xpack+10]
        mov [xpack+4], ax
        mov word [xpack+10], 0
        mov dword [xpack+6], 0
        mov word [xpack+12], buf
        mov [xpack+14], cs
        mov si, xpack
        mov ah, 0bh
        call far [xms]
        cmp ax, 1
        check 'xms back'
        cmp dword [buf], 'T1.T'
        check 'xms data'
        mov dx, [xpack+4]
        mov ah, 0ah
        call far [xms]
        cmp ax, 1
        check 'xms free'
        mov cl, 2
        mov dl, 'c'
        call 5
        mov ax, 6501h
        mov bx, -1
        mov dx, -1
        mov cx, 41
        mov di, buf
        int 21h
        cmp cx, 41
        check '6501'
        mov ax, 3800h
        mov dx, buf
        int 21h
        cmp bx, 1
        check '38'
        mov ax, 5802h
        int 21h
        cmp al, 0
        check '5802'
        mov ah, 67h
        mov bx, 50
        int 21h
        mov ax, 0
        adc ax, 0
        check '67'
        cmp word [32h], 50
        check 'jft'
        ; exec self-child
        mov [blk+4], cs
        mov [blk+8], cs
        mov [blk+12], cs
        mov ax, 4b00h
        mov bx, blk
        mov dx, child
        int 21h
        mov ax, 0
        adc ax, 0
        check '4B'
        mov ah, 4dh
        int 21h
        cmp ax, 7
        check '4D'
        mov dx, done
        mov ah, 9
        int 21h
        mov ah, 4ch
        mov al, [failures]
        int 21h
fname:  db 'T1.TMP', 0
fname2: db 'T2.TMP', 0
nofile: db 'NOFILE.XXX', 0
nopath: db 'NODIR\X', 0
relname:    db 'a.b', 0
child:  db 'CHILD.COM', 0
failures: db 0
done:   db 'ALL DONE', 13, 10, '$'
tail:   db 0, 13
blk:    dw 0, tail, 0, 5ch, 0, 6ch, 0
fcb:    times 40 db 0
dta:    times 64 db 0
xms:    dd 0
xpack:   times 16 db 0
buf:    times 300 db 0
